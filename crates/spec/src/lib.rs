//! Relations and expressions, free of any protocol
