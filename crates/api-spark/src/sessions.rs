//! The sessions of clients: their engine session, running operations, models and last errors. A session belongs to the
//! principal that opened it, whatever its messages claim, and ends when it is released or long unused.

use crate::error_details::ErrorLog;
use crate::handles::Handle;
use crate::identity::InSession;
use crate::objects::ObjectCache;
use crate::operation::{Operation, OperationIds};
use brickyard_auth::Principal;
use brickyard_engine::Engine;
use brickyard_error::{Failure, Result};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tonic::Status;

/// Ended sessions are remembered for a better message to clients that come back.
const CLOSED_SESSIONS_KEPT: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct SessionKey {
    user: String,
    id: String,
}

/// One session of one client.
pub struct ClientSession {
    key: SessionKey,
    pub server_side_id: String,
    pub principal: Principal,
    pub engine: Arc<brickyard_engine::Session>,
    pub objects: ObjectCache,
    operations: Mutex<HashMap<String, Arc<Operation>>>,
    errors: Mutex<ErrorLog>,
    last_used: Mutex<Instant>,
}

impl ClientSession {
    pub fn id(&self) -> &str {
        &self.key.id
    }

    /// The status that tells of a failure; its whole text can be asked for later.
    pub fn status(&self, failure: &Failure) -> Status {
        self.errors.lock().record(failure)
    }

    pub fn error_details(&self, id: &str) -> crate::proto::FetchErrorDetailsResponse {
        self.errors.lock().details(id)
    }

    /// # Errors
    /// When an operation of this id is already there.
    pub fn start_operation(&self, id: String, tags: Vec<String>, reattachable: bool) -> Result<Arc<Operation>> {
        let mut operations = self.operations.lock();
        if operations.contains_key(&id) {
            return Err(Handle::OperationAlreadyExists.invalid(&id));
        }
        let ids = OperationIds {
            session: self.key.id.clone(),
            server_side_session: self.server_side_id.clone(),
            operation: id.clone(),
        };
        let operation = Operation::new(ids, tags, reattachable);
        operations.insert(id, Arc::clone(&operation));
        Ok(operation)
    }

    pub fn operation(&self, id: &str) -> Option<Arc<Operation>> {
        self.operations.lock().get(id).cloned()
    }

    /// Forgets an operation; it stops if it runs.
    pub fn release_operation(&self, id: &str) -> Option<Arc<Operation>> {
        let released = self.operations.lock().remove(id);
        if let Some(operation) = &released {
            operation.interrupt();
        }
        released
    }

    /// Stops the running operations that are chosen, and names them.
    pub fn interrupt(&self, chosen: impl Fn(&Operation) -> bool) -> Vec<String> {
        let operations: Vec<_> = self.operations.lock().values().cloned().collect();
        let stopped = operations.into_iter().filter(|operation| chosen(operation) && operation.interrupt());
        stopped.map(|operation| operation.ids.operation.clone()).collect()
    }

    /// The operations there are, with their state.
    pub fn operations(&self) -> Vec<Arc<Operation>> {
        self.operations.lock().values().cloned().collect()
    }

    fn touch(&self) {
        *self.last_used.lock() = Instant::now();
    }

    /// Unused: no request for so long, and nothing running.
    fn idle_for(&self, now: Instant) -> Duration {
        let running = self.operations.lock().values().any(|operation| operation.is_running());
        if running { Duration::ZERO } else { now.saturating_duration_since(*self.last_used.lock()) }
    }

    fn drop_abandoned_operations(&self, now: Instant, after: Duration) {
        self.operations.lock().retain(|id, operation| {
            let abandoned = operation.detached_for(now).is_some_and(|detached| detached > after);
            if abandoned {
                tracing::info!(operation_id = %id, "operation abandoned by its client");
                operation.interrupt();
            }
            !abandoned
        });
    }
}

/// How long things stay that no client asks for.
#[derive(Debug, Clone, Copy)]
pub struct Expiry {
    pub session_idle: Duration,
    pub operation_detached: Duration,
}

impl Default for Expiry {
    fn default() -> Self {
        Self { session_idle: Duration::from_secs(4 * 3600), operation_detached: Duration::from_secs(300) }
    }
}

/// All sessions of this server.
pub struct Sessions {
    engine: Engine,
    expiry: Expiry,
    open: Mutex<HashMap<SessionKey, Arc<ClientSession>>>,
    closed: Mutex<VecDeque<SessionKey>>,
}

impl Sessions {
    pub fn new(engine: Engine, expiry: Expiry) -> Self {
        Self { engine, expiry, open: Mutex::default(), closed: Mutex::default() }
    }

    /// The session that a request names, opened on its first use.
    pub fn open(&self, principal: Principal, request: &impl InSession) -> Result<Arc<ClientSession>> {
        let key = self.key(&principal, request)?;
        let mut open = self.open.lock();
        let session = match open.get(&key) {
            Some(session) => Arc::clone(session),
            None => {
                if self.closed.lock().contains(&key) {
                    return Err(Handle::SessionClosed.invalid(&key.id));
                }
                check_observed(request, None)?;
                let session = Arc::new(self.new_session(key.clone(), principal));
                open.insert(key, Arc::clone(&session));
                session
            }
        };
        drop(open);
        check_observed(request, Some(&session))?;
        session.touch();
        Ok(session)
    }

    /// The session that a request names, if it is open.
    ///
    /// # Errors
    /// `INVALID_HANDLE.SESSION_CLOSED` or `SESSION_NOT_FOUND`.
    pub fn existing(&self, principal: &Principal, request: &impl InSession) -> Result<Arc<ClientSession>> {
        let key = self.key(principal, request)?;
        if let Some(session) = self.open.lock().get(&key).cloned() {
            check_observed(request, Some(&session))?;
            session.touch();
            return Ok(session);
        }
        let closed = self.closed.lock().contains(&key);
        let reason = if closed { Handle::SessionClosed } else { Handle::SessionNotFound };
        Err(reason.invalid(&key.id))
    }

    /// Ends a session: its operations stop, its views and models go. Ending one that is not there is fine.
    pub fn close(&self, principal: &Principal, request: &impl InSession) -> Result<String> {
        let key = self.key(principal, request)?;
        let session = self.open.lock().remove(&key);
        Ok(session.map(|session| self.end(&session)).unwrap_or_default())
    }

    /// Ends what no client has asked for lately; gives the ids of the sessions that ended.
    pub fn expire(&self, now: Instant) -> Vec<String> {
        let sessions: Vec<_> = self.open.lock().values().cloned().collect();
        let mut ended = Vec::new();
        for session in sessions {
            session.drop_abandoned_operations(now, self.expiry.operation_detached);
            if session.idle_for(now) > self.expiry.session_idle {
                tracing::info!(session_id = %session.key.id, "session idle for too long");
                self.open.lock().remove(&session.key);
                self.end(&session);
                ended.push(session.key.id.clone());
            }
        }
        ended
    }

    fn end(&self, session: &ClientSession) -> String {
        session.interrupt(|_| true);
        session.objects.clear();
        self.engine.close_session(&session.key.user, &session.key.id);
        let mut closed = self.closed.lock();
        if closed.len() == CLOSED_SESSIONS_KEPT {
            closed.pop_front();
        }
        closed.push_back(session.key.clone());
        session.server_side_id.clone()
    }

    fn key(&self, principal: &Principal, request: &impl InSession) -> Result<SessionKey> {
        Handle::check_format(request.session_id())?;
        Ok(SessionKey { user: principal.name.clone(), id: request.session_id().to_owned() })
    }

    fn new_session(&self, key: SessionKey, principal: Principal) -> ClientSession {
        ClientSession {
            server_side_id: uuid::Uuid::new_v4().to_string(),
            engine: self.engine.session(&key.user, &key.id),
            principal,
            objects: ObjectCache::default(),
            operations: Mutex::default(),
            errors: Mutex::default(),
            last_used: Mutex::new(Instant::now()),
            key,
        }
    }
}

/// A client that has seen another server-side session talks to a server that was restarted since.
fn check_observed(request: &impl InSession, session: Option<&ClientSession>) -> Result<()> {
    match (request.observed_server_side_session_id(), session) {
        (Some(observed), Some(session)) if observed == session.server_side_id => Ok(()),
        (Some(_), _) => Err(Handle::SessionChanged.invalid(request.session_id())),
        (None, _) => Ok(()),
    }
}
