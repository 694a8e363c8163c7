//! The web page's assets and its few own routes
