// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import dev.quench.QuenchException;
import java.util.List;
import java.util.stream.Collectors;

/// Tensors that have to be quantized have no calibrated range.
public final class MissingRangesException extends QuenchException {
  private static final long serialVersionUID = 1L;

  private static final int SHOWN = 5;

  private final String[] tensors;

  /// @param tensors at least one name
  public MissingRangesException(List<String> tensors) {
    super(
        "%d tensor%s to be quantized %s no range: %s%s; calibrate this very model, or leave such layers in float"
            .formatted(
                tensors.size(),
                tensors.size() == 1 ? "" : "s",
                tensors.size() == 1 ? "has" : "have",
                tensors.stream()
                    .limit(SHOWN)
                    .map(name -> "'" + name + "'")
                    .collect(Collectors.joining(", ")),
                tensors.size() > SHOWN ? ", …" : ""));
    this.tensors = tensors.toArray(String[]::new);
  }

  /// All names without a range, in graph order.
  public List<String> tensors() {
    return List.of(tensors);
  }
}
