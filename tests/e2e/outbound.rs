//! Hostile texts composed of pieces, through the gate.
