use meterport_core::AttributeSet;

/// What is known of this host and its operating system.
pub(super) fn attributes() -> AttributeSet {
    meterport_host::host_attributes()
}
