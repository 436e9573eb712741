//! Series and their aggregation: record cheaply, take snapshots that share what has not changed.
