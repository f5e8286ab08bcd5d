// SPDX-License-Identifier: Apache-2.0
/// Labels of samples on disk: class folders, masks, COCO boxes, lists of texts and names of
/// classes.
@NullMarked
package dev.quench.data.annotation;

import org.jspecify.annotations.NullMarked;
