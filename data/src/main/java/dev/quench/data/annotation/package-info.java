// SPDX-License-Identifier: Apache-2.0
/// What samples are labelled with on disk: class folders, masks, COCO boxes, lists of texts and
/// names of classes.
@NullMarked
package dev.quench.data.annotation;

import org.jspecify.annotations.NullMarked;
