//! Bytes of a log, packed or not, become lines, in bounded memory.
