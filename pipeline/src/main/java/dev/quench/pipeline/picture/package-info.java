// SPDX-License-Identifier: Apache-2.0
/// From a picture to what a model sees in it: the best classes, boxes, a mask or text, and a
/// drawing of them.
@NullMarked
package dev.quench.pipeline.picture;

import org.jspecify.annotations.NullMarked;
