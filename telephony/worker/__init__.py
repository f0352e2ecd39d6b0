"""A worker: one process, one conversation. The only room that speaks to PJSIP, beside the softphone built on it."""
