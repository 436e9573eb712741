//! Runnable examples of Meterport.
