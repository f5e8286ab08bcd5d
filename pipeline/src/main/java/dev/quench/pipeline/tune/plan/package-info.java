// SPDX-License-Identifier: Apache-2.0
/// What can be done with a model: its regions, what each target can do with their nodes, and plans
/// for the whole.
@NullMarked
package dev.quench.pipeline.tune.plan;

import org.jspecify.annotations.NullMarked;
