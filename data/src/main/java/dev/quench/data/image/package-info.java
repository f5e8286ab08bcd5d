// SPDX-License-Identifier: Apache-2.0
/// Images: decoding within limits, the declared preprocessing that turns pixels into inputs, and
/// data sets of images.
@NullMarked
package dev.quench.data.image;

import org.jspecify.annotations.NullMarked;
