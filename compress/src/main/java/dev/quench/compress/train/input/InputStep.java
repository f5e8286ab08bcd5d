// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.input;

/// A preprocessing of images that becomes part of the network.
public enum InputStep {
  /// Global contrast normalization: each image minus its mean, divided by its deviation.
  GCN,
  /// Local contrast normalization: each pixel minus the Gaussian mean of its 9 × 9 neighbours in
  /// all channels, divided by their deviation, or by its mean over the image where that is larger.
  /// Source: Jarrett et al., What is the Best Multi-Stage Architecture for Object Recognition?,
  /// ICCV 2009, section 2.1.
  LCN,
  /// Whitening by (C + εI)^(−½), where C is the covariance of the training images and ε is a
  /// hundredth of its mean eigenvalue: images stay recognizable, their pixels uncorrelated. Source:
  /// Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009, appendix A.
  ZCA
}
