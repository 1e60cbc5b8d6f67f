extension CommandSet {
    static let writing: [Command] = [apply, delete, edit]
    static let rollouts: [Command] = [rolloutStatus, rolloutHistory, rolloutUndo]

    private static let apply = Command(
        name: "apply", summary: "create resources, or bring them to what documents say",
        options: [
            Option("f", "filename", value: "FILE", about: "documents in JSON: one, an array or a list; - is the input"),
            Option(nil, "force", about: "also take over what others have set"),
        ],
        examples: [.init(command: "apply -f rollout.json", about: "ask for a move to a revision")],
        section: .resources, run: Writing.apply)

    private static let delete = Command(
        name: "delete", summary: "delete resources that users created", arguments: kindArguments,
        examples: [.init(command: "delete rev/locals.old", about: "a revision that nothing needs")],
        section: .resources, run: Writing.delete)

    private static let edit = Command(
        name: "edit", summary: "change a resource in an editor",
        arguments: [
            Argument(name: "KIND/NAME", completion: .kinds),
            Argument(name: "NAME", isOptional: true, completion: .resources),
        ],
        details: "As JSON, in $VISUAL, $EDITOR or vi. What somebody else changed meanwhile is not overwritten.",
        examples: [.init(command: "edit um/self", about: "user metadata")],
        section: .resources, run: Writing.edit)

    private static let rolloutStatus = Command(
        name: "rollout status", summary: "follow a move to another revision to its end",
        arguments: [Argument(name: "NAME", isOptional: true)],
        options: [Option(nil, "timeout", value: "TIME", about: "give up after this time, as 30s, 5m or 1h")],
        details: """
            The youngest one without a name. Goes on when the runtime restarts. Exit code 0 when the device has moved, 1
            when it has not.
            """,
        section: .resources, run: Rollouts.status)

    private static let rolloutHistory = Command(
        name: "rollout history", summary: "list the revisions of the device, with what became of them",
        section: .resources, run: Rollouts.history)

    private static let rolloutUndo = Command(
        name: "rollout undo", summary: "go back to the revision that a reboot would come back to",
        options: [Option(nil, "to-revision", value: "REVISION", about: "go to this one instead")],
        examples: [.init(command: "rollout undo --to-revision locals/one", about: "to one of the device's")],
        section: .resources, run: Rollouts.undo)
}
