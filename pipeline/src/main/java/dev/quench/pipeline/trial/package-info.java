// SPDX-License-Identifier: Apache-2.0
/// One quantized variant of a model held against the float model: what it loses, and how long it
/// takes when both run in turn.
@NullMarked
package dev.quench.pipeline.trial;

import org.jspecify.annotations.NullMarked;
