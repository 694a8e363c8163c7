//! Endpoints: load, route, answer, watch
