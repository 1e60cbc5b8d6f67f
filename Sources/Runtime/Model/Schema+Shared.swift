extension Schema {
    /// What every document begins with.
    static let common = """
        apiVersion string Group and version of the kind.
        kind string Name of the kind.
        metadata object Who it is.
          name? string Unique among its kind: 1 to 253 visible characters without / and %.
          generateName? string Beginning of a name that the server completes, when name is missing.
          namespace? string Only events and projections live in one, `default`.
          uid? string Set by the server: another resource of the same name has another one.
          resourceVersion? string Set by the server: the version of its last change; sent back, it must still be that.
          generation? integer Set by the server: counts the changes of spec.
          creationTimestamp? time Set by the server.
          deletionTimestamp? time Set by the server when a deletion waits for finalizers.
          deletionGracePeriodSeconds? integer Without meaning here.
          labels? map Texts to select by; those below pantavisor.io/ belong to controllers.
          annotations? map Texts of tools and people, 256 KiB together.
          ownerReferences? [object] What it goes away with.
            apiVersion string Group and version of the owner.
            kind string Kind of the owner.
            name string Name of the owner.
            uid string The owner's uid.
            controller? boolean Whether the owner manages it.
            blockOwnerDeletion? boolean Without meaning here.
          finalizers? [string] Who must let go before it is deleted; those below pantavisor.io/ belong to controllers.
          managedFields? [any] Who set which of the fields that users may set.
          selfLink? string Without meaning.

        """

    /// What every status has.
    static let commonStatus = """

          observedGeneration? integer The generation of spec that this status speaks of.
          conditions [@Condition] Single aspects of its state, with the reason.
        """

    /// Shapes that several kinds have.
    static let sharedTable = """
        Condition object
          type string What it is about.
          status True|False|Unknown Whether it holds.
          lastTransitionTime time When status last changed.
          reason string One word for programs.
          message string What is wrong and what to do, for people.
          observedGeneration? integer The generation of spec that it speaks of.
        AutoRecovery object
          policy no|always|on-failure|unless-stopped When it is started again.
          maxRetries integer Restarts before it is given up; 0 = no limit.
          retryDelay integer Seconds before the first restart.
          backoffFactor number Factor from one delay to the next.
          resetWindow integer Seconds of uptime after which the count of retries starts anew; 0 = never.
          stableTimeout integer Seconds at the goal after which it counts as stable; 0 = at once.
          backoffPolicy string What happens when all retries are used up: reboot, never, or a pause like 30s, 10min, 1h.
        RevisionPhase NEW|QUEUED|DOWNLOADING|INPROGRESS|TESTING|UPDATED|DONE|WONTGO|ERROR
        Progress object
          phase NEW|QUEUED|DOWNLOADING|INPROGRESS|TESTING|UPDATED|DONE|WONTGO|ERROR How far it came.
          message string What is being done, or what went wrong.
        Failure object
          digest string Digest of its content: the same under another name fails the same.
          revision string The name it failed as.
          message string What went wrong.
        RolloutSpec object
          revision? string The revision to move to, as its real name; a rollback finds it.
          action Run|RunCommit|TryOnce|Apply|Rollback|Abort=Run What to do; Abort gives it up and goes back.
          retry? boolean Whether to try a revision whose very content failed before.
        RolloutStep \
        Pending|Checking|MakingRoom|Installing|Staging|Rebooting|Starting|Testing|Committing|Reverting|Failing|Finished
        ContainerPhase INSTALLED|BLOCKED|MOUNTED|STARTING|STARTED|READY|RECOVERING|STOPPING|STOPPED
        StatusGoal MOUNTED|STARTED|READY
        RestartPolicy system|container
        GoalState UNACHIEVED|ACHIEVED|TIMEDOUT
        """
}
