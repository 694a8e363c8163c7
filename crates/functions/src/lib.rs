//! Spark's functions where DataFusion and datafusion-spark differ, and models as functions
