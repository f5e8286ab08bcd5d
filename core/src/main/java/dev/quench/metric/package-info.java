// SPDX-License-Identifier: Apache-2.0

/// Metrics that judge a model's outputs: segmentation, detection, recognition of text, embeddings,
/// and fidelity to a reference without any labels. Each says in one line when it does not fit the
/// outputs or the labels.
@NullMarked
package dev.quench.metric;

import org.jspecify.annotations.NullMarked;
