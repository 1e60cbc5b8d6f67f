import Model

/// A command to run, for whom it is to be run.
struct ExecPlan {
    let container: String
}

extension KubeAPI {
    func exec(_ head: Request.Head, _ name: String) throws(KubeStatus) -> Route {
        throw .methodNotAllowed("not there yet")
    }
}

extension ConnectionHandler {
    func startExec(_ plan: ExecPlan) {
        close()
    }
}
