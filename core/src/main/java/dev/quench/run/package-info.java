// SPDX-License-Identifier: Apache-2.0
/// The interfaces on which the modules meet: backends that run models, taps on their activations,
/// ranges that quantize them and metrics that judge them. No native code here.
@NullMarked
package dev.quench.run;

import org.jspecify.annotations.NullMarked;
