// SPDX-License-Identifier: Apache-2.0
/// The latency of a model as a page: how its calls are spread, and when each layer ran.
@NullMarked
package dev.quench.report.latency;

import org.jspecify.annotations.NullMarked;
