// SPDX-License-Identifier: Apache-2.0
/// What a cluster does, as the rest of Quench sees it; `quench-spark` implements it.
@NullMarked
package dev.quench.eval.cluster;

import org.jspecify.annotations.NullMarked;
