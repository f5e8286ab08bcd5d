// SPDX-License-Identifier: Apache-2.0
/// How many channels of each group stay: a dynamic program over what each width loses and costs,
/// and a reinforcement learner (AMC) to hold against it.
@NullMarked
package dev.quench.compress.prune.search;

import org.jspecify.annotations.NullMarked;
