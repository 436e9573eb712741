//! A whole pipeline from the environment: whichever exporter is asked for and compiled in.
