// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.image;

/// The channels that a model takes, in order.
public enum ColorMode {
  GRAY(1),
  RGB(3),
  BGR(3);

  private final int channels;

  ColorMode(int channels) {
    this.channels = channels;
  }

  public int channels() {
    return channels;
  }
}
