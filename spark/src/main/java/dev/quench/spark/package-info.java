// SPDX-License-Identifier: Apache-2.0
/// Calibration and evaluation on a cluster of Apache Spark, with the very results of one machine.
@NullMarked
package dev.quench.spark;

import org.jspecify.annotations.NullMarked;
