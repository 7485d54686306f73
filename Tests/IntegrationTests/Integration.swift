import Testing

/// Tests of the real executable. One at a time: most keep every CPU busy, and some look for what
/// the others leave behind.
@Suite(.serialized) enum Integration {}
