//! Codes of this area.
codes! {}
