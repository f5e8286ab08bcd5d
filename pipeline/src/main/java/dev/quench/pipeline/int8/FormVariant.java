// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.pipeline.quantize.QuantizedForm;

/// A form, of the model as it is or with smoothed activations.
///
/// @param smoothed whether large features moved into weights first
public record FormVariant(QuantizedForm form, boolean smoothed) {
  @Override
  public String toString() {
    return smoothed ? form + ", activations smoothed" : form.toString();
  }
}
