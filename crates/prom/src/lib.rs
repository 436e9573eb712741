//! Prometheus without I/O: names, labels, families, exposition formats and their negotiation.
