//! The twelve calls of Spark Connect: each finds its session and hands over.

use crate::arrow_rows::Chunking;
use crate::artifacts::{self, Artifact, Upload};
use crate::error_details::status_of;
use crate::execute::Execution;
use crate::handles::Handle;
use crate::identity::{InSession, principal};
use crate::progress::Busy;
use crate::proto::add_artifacts_response::ArtifactSummary;
use crate::proto::artifact_statuses_response::ArtifactStatus;
use crate::proto::execute_plan_request::request_option::RequestOption;
use crate::proto::interrupt_request::{Interrupt, InterruptType};
use crate::proto::release_execute_request::Release;
use crate::proto::spark_connect_service_server::SparkConnectService;
use crate::proto::{self, ExecutePlanResponse};
use crate::sessions::ClientSession;
use crate::state::SparkState;
use crate::{analyze, config, execute};
use brickyard_error::{Failure, Result};
use futures::Stream;
use std::pin::Pin;
use std::sync::Arc;
use tonic::{Request, Response, Status, Streaming};

/// The service over the state that all its calls share.
#[derive(Clone)]
pub struct Service {
    pub state: Arc<SparkState>,
}

type ResponseStream = Pin<Box<dyn Stream<Item = Result<ExecutePlanResponse, Status>> + Send>>;

impl Service {
    fn open<T: InSession>(&self, request: Request<T>) -> Result<(Arc<ClientSession>, T), Status> {
        let principal = principal(&request);
        let message = request.into_inner();
        let session = self.state.sessions.open(principal, &message).map_err(|failure| status_of(&failure))?;
        Ok((session, message))
    }

    fn existing<T: InSession>(&self, request: Request<T>) -> Result<(Arc<ClientSession>, T), Status> {
        let principal = principal(&request);
        let message = request.into_inner();
        let session = self.state.sessions.existing(&principal, &message).map_err(|failure| status_of(&failure))?;
        Ok((session, message))
    }
}

#[tonic::async_trait]
impl SparkConnectService for Service {
    type ExecutePlanStream = ResponseStream;
    type ReattachExecuteStream = ResponseStream;

    async fn execute_plan(
        &self,
        request: Request<proto::ExecutePlanRequest>,
    ) -> Result<Response<ResponseStream>, Status> {
        let (session, message) = self.open(request)?;
        let started = start(&self.state, &session, message);
        let responses = started.map_err(|failure| session.status(&failure))?;
        Ok(Response::new(Box::pin(responses.into_stream())))
    }

    async fn reattach_execute(
        &self,
        request: Request<proto::ReattachExecuteRequest>,
    ) -> Result<Response<ResponseStream>, Status> {
        let (session, message) = self.existing(request)?;
        let found = session.operation(&message.operation_id);
        let found = found.ok_or_else(|| Handle::OperationNotFound.invalid(&message.operation_id));
        let responses = found.and_then(|operation| operation.reattach(message.last_response_id.as_deref()));
        let responses = responses.map_err(|failure| session.status(&failure))?;
        Ok(Response::new(Box::pin(responses.into_stream())))
    }

    async fn release_execute(
        &self,
        request: Request<proto::ReleaseExecuteRequest>,
    ) -> Result<Response<proto::ReleaseExecuteResponse>, Status> {
        let (session, message) = self.existing(request)?;
        let operation = match message.release {
            Some(Release::ReleaseUntil(until)) => session.operation(&message.operation_id).inspect(|operation| {
                operation.release_until(&until.response_id);
            }),
            Some(Release::ReleaseAll(_)) | None => session.release_operation(&message.operation_id),
        };
        Ok(Response::new(proto::ReleaseExecuteResponse {
            session_id: message.session_id,
            server_side_session_id: session.server_side_id.clone(),
            operation_id: operation.map(|operation| operation.ids.operation.clone()),
        }))
    }

    async fn analyze_plan(
        &self,
        request: Request<proto::AnalyzePlanRequest>,
    ) -> Result<Response<proto::AnalyzePlanResponse>, Status> {
        let (session, message) = self.open(request)?;
        let (state, asking) = (Arc::clone(&self.state), Arc::clone(&session));
        let answer = async move { analyze::answer(&state, &asking, message.analyze).await };
        let result = self.state.workers.run(answer).await;
        let result = result.map_err(|failure| session.status(&failure))?;
        Ok(Response::new(proto::AnalyzePlanResponse {
            session_id: message.session_id,
            server_side_session_id: session.server_side_id.clone(),
            result: Some(result),
        }))
    }

    async fn config(&self, request: Request<proto::ConfigRequest>) -> Result<Response<proto::ConfigResponse>, Status> {
        let (session, message) = self.open(request)?;
        let pairs = config::answer(&session.engine, message.operation).map_err(|failure| session.status(&failure))?;
        Ok(Response::new(proto::ConfigResponse {
            session_id: message.session_id,
            server_side_session_id: session.server_side_id.clone(),
            pairs,
            warnings: Vec::new(),
        }))
    }

    async fn add_artifacts(
        &self,
        request: Request<Streaming<proto::AddArtifactsRequest>>,
    ) -> Result<Response<proto::AddArtifactsResponse>, Status> {
        let principal = principal(&request);
        let mut messages = request.into_inner();
        let empty = || status_of(&crate::handles::invalid_plan("an upload without any message"));
        let mut message = messages.message().await?.ok_or_else(empty)?;
        let session = self.state.sessions.open(principal, &message).map_err(|failure| status_of(&failure))?;
        let session_id = message.session_id.clone();
        let (mut upload, mut artifacts) = (Upload::default(), Vec::new());
        loop {
            let done = upload.add(message).map_err(|failure| session.status(&failure))?;
            for Artifact { name, bytes, is_whole } in done {
                if is_whole {
                    artifacts::keep(&session, &name, &bytes).map_err(|failure| session.status(&failure))?;
                }
                artifacts.push(ArtifactSummary { name, is_crc_successful: is_whole });
            }
            message = match messages.message().await? {
                Some(next) => next,
                None => break,
            };
        }
        upload.end().map_err(|failure| session.status(&failure))?;
        let server_side_session_id = session.server_side_id.clone();
        Ok(Response::new(proto::AddArtifactsResponse { session_id, server_side_session_id, artifacts }))
    }

    async fn artifact_status(
        &self,
        request: Request<proto::ArtifactStatusesRequest>,
    ) -> Result<Response<proto::ArtifactStatusesResponse>, Status> {
        let (session, message) = self.open(request)?;
        let status = |name: String| {
            let exists = artifacts::is_kept(&session, &name);
            (name, ArtifactStatus { exists })
        };
        Ok(Response::new(proto::ArtifactStatusesResponse {
            session_id: message.session_id,
            server_side_session_id: session.server_side_id.clone(),
            statuses: message.names.into_iter().map(status).collect(),
        }))
    }

    async fn interrupt(
        &self,
        request: Request<proto::InterruptRequest>,
    ) -> Result<Response<proto::InterruptResponse>, Status> {
        let (session, message) = self.open(request)?;
        let interrupted_ids = match (message.interrupt_type(), &message.interrupt) {
            (InterruptType::All, _) => session.interrupt(|_| true),
            (InterruptType::Tag, Some(Interrupt::OperationTag(tag))) => {
                session.interrupt(|operation| operation.tags.contains(tag))
            }
            (InterruptType::OperationId, Some(Interrupt::OperationId(id))) => {
                session.interrupt(|operation| operation.ids.operation == *id)
            }
            _ => {
                let failure = crate::handles::invalid_plan("an interrupt that does not say of what");
                return Err(session.status(&failure));
            }
        };
        Ok(Response::new(proto::InterruptResponse {
            session_id: message.session_id,
            server_side_session_id: session.server_side_id.clone(),
            interrupted_ids,
        }))
    }

    async fn release_session(
        &self,
        request: Request<proto::ReleaseSessionRequest>,
    ) -> Result<Response<proto::ReleaseSessionResponse>, Status> {
        let principal = principal(&request);
        let message = request.into_inner();
        let closed = self.state.sessions.close(&principal, &message);
        let server_side_session_id = closed.map_err(|failure| status_of(&failure))?;
        self.state.clean_up(std::slice::from_ref(&message.session_id)).await;
        Ok(Response::new(proto::ReleaseSessionResponse { session_id: message.session_id, server_side_session_id }))
    }

    async fn fetch_error_details(
        &self,
        request: Request<proto::FetchErrorDetailsRequest>,
    ) -> Result<Response<proto::FetchErrorDetailsResponse>, Status> {
        let (session, message) = self.existing(request)?;
        Ok(Response::new(proto::FetchErrorDetailsResponse {
            session_id: message.session_id,
            server_side_session_id: session.server_side_id.clone(),
            ..session.error_details(&message.error_id)
        }))
    }

    async fn clone_session(
        &self,
        request: Request<proto::CloneSessionRequest>,
    ) -> Result<Response<proto::CloneSessionResponse>, Status> {
        let (session, _) = self.existing(request)?;
        Err(session.status(&Failure::unsupported("cloning a session; open a new one")))
    }

    async fn get_status(
        &self,
        request: Request<proto::GetStatusRequest>,
    ) -> Result<Response<proto::GetStatusResponse>, Status> {
        let (session, message) = self.open(request)?;
        let asked = message.operation_status.unwrap_or_default().operation_ids;
        let operation_statuses = execute::operation_statuses(&session, &asked);
        Ok(Response::new(proto::GetStatusResponse {
            session_id: message.session_id,
            server_side_session_id: session.server_side_id.clone(),
            operation_statuses,
            ..Default::default()
        }))
    }
}

/// Starts an execution and attaches its first reader.
fn start(
    state: &Arc<SparkState>,
    session: &Arc<ClientSession>,
    message: proto::ExecutePlanRequest,
) -> Result<crate::operation::Responses> {
    let mut reattachable = false;
    let mut chunking = Chunking::Refused;
    for option in message.request_options.into_iter().filter_map(|option| option.request_option) {
        match option {
            RequestOption::ReattachOptions(options) => reattachable = options.reattachable,
            RequestOption::ResultChunkingOptions(options) if options.allow_arrow_batch_chunking => {
                chunking = Chunking::allowed(options.preferred_arrow_chunk_size);
            }
            _ => {}
        }
    }
    let id = message.operation_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    Handle::check_format(&id)?;
    let operation = session.start_operation(id, message.tags, reattachable)?;
    let responses = operation.attach(None)?;
    let execution = Arc::new(Execution {
        state: Arc::clone(state),
        session: Arc::clone(session),
        operation,
        chunking,
        busy: Busy::default(),
    });
    tokio::spawn(execution.run(message.plan.unwrap_or_default()));
    Ok(responses)
}
