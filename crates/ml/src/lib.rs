//! All algorithms: no I/O, no clock, no runtime
