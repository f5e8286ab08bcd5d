// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import java.util.OptionalDouble;

/// What the authors of a table say of one row, on their data and at their width.
///
/// @param data the data set of the figures
/// @param accuracy top-1 in percent
/// @param loss points of top-1 lost against the float network; empty for a float network that is
///   the reference, and where none was published
/// @param parameters in millions, as published; empty where none were
/// @param megabytes of 10^6 bytes, as published; empty where none were
public record Published(
    String data,
    double accuracy,
    OptionalDouble loss,
    OptionalDouble parameters,
    OptionalDouble megabytes) {}
