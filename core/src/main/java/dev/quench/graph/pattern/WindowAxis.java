// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph.pattern;

/// A sliding window along one spatial axis, before the size of the input is known. Sizes are in
/// elements of the input.
///
/// @param kernel taps, at least 1
/// @param stride at least 1
/// @param dilation distance between taps, at least 1
/// @param padBefore with [AutoPad#NOTSET]; else 0
/// @param padAfter with [AutoPad#NOTSET]; else 0
/// @param roundUp whether a last window that starts inside the input or the padding before it, but
///   does not fit, counts: the attribute `ceil_mode`
public record WindowAxis(
    int kernel,
    int stride,
    int dilation,
    int padBefore,
    int padAfter,
    AutoPad autoPad,
    boolean roundUp) {
  /// @throws IllegalArgumentException if a size is not positive, or padding comes with automatic
  ///   padding
  public WindowAxis {
    if (kernel < 1 || stride < 1 || dilation < 1) {
      throw new IllegalArgumentException(
          "expected kernel, stride and dilation of 1 or more, got %d, %d and %d"
              .formatted(kernel, stride, dilation));
    }
    if (autoPad != AutoPad.NOTSET && (padBefore != 0 || padAfter != 0)) {
      throw new IllegalArgumentException("expected no explicit padding with " + autoPad);
    }
  }

  /// One window over a whole input.
  public static WindowAxis whole(int size) {
    return new WindowAxis(size, 1, 1, 0, 0, AutoPad.NOTSET, false);
  }

  /// Elements from the first tap to the last, both included.
  public long extent() {
    return (kernel - 1L) * dilation + 1;
  }

  /// Whether the output has the size of the input, whatever that is.
  public boolean keepsSize() {
    return stride == 1 && (autoPad.isSame() || (long) padBefore + padAfter == extent() - 1);
  }

  /// Windows over an input of that size.
  ///
  /// @throws IllegalArgumentException if the window is larger than the padded input
  public long outputs(long size) {
    if (autoPad.isSame()) {
      return Math.ceilDiv(size, (long) stride);
    }
    long padding = (long) padBefore + padAfter;
    long room = size + padding - extent();
    if (room < 0) {
      throw new IllegalArgumentException(
          "window of %d does not fit input of %d with padding %d"
              .formatted(extent(), size, padding));
    }
    long steps = roundUp ? Math.ceilDiv(room, (long) stride) : room / stride;
    boolean lastStartsOutside = roundUp && steps * stride >= size + padBefore;
    return lastStartsOutside ? steps : steps + 1;
  }

  /// Elements of padding before an input of that size; [#padBefore()] unless automatic.
  public long padBefore(long size) {
    if (!autoPad.isSame()) {
      return padBefore;
    }
    long total = samePadding(size);
    return autoPad == AutoPad.SAME_UPPER ? total / 2 : total - total / 2;
  }

  /// Elements of padding behind an input of that size; [#padAfter()] unless automatic.
  public long padAfter(long size) {
    return autoPad.isSame() ? samePadding(size) - padBefore(size) : padAfter;
  }

  /// Index in an input of that size that a tap of an output reads; outside `[0, size)` where it is
  /// padding.
  public long source(long size, long output, int tap) {
    return output * stride + (long) tap * dilation - padBefore(size);
  }

  private long samePadding(long size) {
    return Math.max(0, (outputs(size) - 1) * stride + extent() - size);
  }

  /// Outputs of a transposed convolution over an input of that size; negative if padding leaves
  /// nothing.
  ///
  /// @param outputPadding elements added behind the output
  public long transposedOutputs(long size, long outputPadding) {
    return autoPad.isSame()
        ? size * stride
        : stride * (size - 1) + outputPadding + extent() - padBefore - padAfter;
  }

  /// Whether a window can lie wholly in explicit padding.
  public boolean mayHoldOnlyPadding() {
    return Math.max(padBefore, padAfter) >= extent();
  }
}
