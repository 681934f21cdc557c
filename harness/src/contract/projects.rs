//! From the paths on a command line to projects: contracts, and folders of bare migrations.
