//! The Ballista scheduler and executors inside our binary, codecs, membership
