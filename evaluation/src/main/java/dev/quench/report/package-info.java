// SPDX-License-Identifier: Apache-2.0
/// Results of an evaluation as text, JSON and one HTML page with plots.
@NullMarked
package dev.quench.report;

import org.jspecify.annotations.NullMarked;
