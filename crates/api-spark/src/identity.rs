//! Who asks, and in which session: every request names a session, and a principal stands behind it.

use crate::proto;
use brickyard_auth::Principal;
use tonic::Request;

/// What every request says about its session.
pub trait InSession {
    fn session_id(&self) -> &str;
    /// The id of the server's session that the client has seen before.
    fn observed_server_side_session_id(&self) -> Option<&str>;
}

macro_rules! in_session {
    ($($request:ident),* $(,)?) => {
        $(impl InSession for proto::$request {
            fn session_id(&self) -> &str {
                &self.session_id
            }
            fn observed_server_side_session_id(&self) -> Option<&str> {
                self.client_observed_server_side_session_id.as_deref().filter(|id| !id.is_empty())
            }
        })*
    };
}

in_session!(
    ExecutePlanRequest,
    AnalyzePlanRequest,
    ConfigRequest,
    AddArtifactsRequest,
    ArtifactStatusesRequest,
    InterruptRequest,
    ReattachExecuteRequest,
    ReleaseExecuteRequest,
    FetchErrorDetailsRequest,
    CloneSessionRequest,
    GetStatusRequest,
);

impl InSession for proto::ReleaseSessionRequest {
    fn session_id(&self) -> &str {
        &self.session_id
    }
    fn observed_server_side_session_id(&self) -> Option<&str> {
        None
    }
}

/// The principal that the server's login layer put beside the request. The user that the message claims is not asked.
pub fn principal<T>(request: &Request<T>) -> Principal {
    request.extensions().get::<Principal>().cloned().unwrap_or_else(Principal::local)
}
