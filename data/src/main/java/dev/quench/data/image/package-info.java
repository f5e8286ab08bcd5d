// SPDX-License-Identifier: Apache-2.0
/// Images: decoding within limits, the declared preprocessing that turns pixels into inputs, and
/// the data sets made of them.
@NullMarked
package dev.quench.data.image;

import org.jspecify.annotations.NullMarked;
