// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.recognize;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.Match;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;

/// Reads sliding windows over images that the kernels can run.
final class ImageWindow {
  /// Real networks stay below this, and products of larger sizes would overflow.
  private static final int LIMIT = 1 << 20;

  private ImageWindow() {}

  /// @throws dev.quench.graph.ModelFormatException if an attribute of the node is invalid
  static Match<SlidingWindow> of(Node node, long kernelHeight, long kernelWidth) {
    SlidingWindow window = SlidingWindow.of(node, kernelHeight, kernelWidth);
    return window.axes().stream().allMatch(ImageWindow::isSupported)
        ? Match.found(window)
        : Match.refused("its window has negative padding or a size over " + LIMIT);
  }

  private static boolean isSupported(WindowAxis axis) {
    return axis.padBefore() >= 0
        && axis.padAfter() >= 0
        && Math.max(axis.padBefore(), axis.padAfter()) <= LIMIT
        && Math.max(axis.kernel(), Math.max(axis.stride(), axis.dilation())) <= LIMIT;
  }
}
