// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel.lookup;

import dev.quench.xnor.kernel.compile.CompiledPart;
import dev.quench.xnor.kernel.compile.WarmUp;
import java.util.function.Consumer;
import java.util.function.Function;

/// Computes in plain Java until C2 has compiled the vector kernel: before that each vector is a
/// heap object.
final class TieredLookup implements LookupKernel {
  private final LookupKernel fast;
  private final LookupKernel plain;
  private final CompiledPart multiply;
  private final CompiledPart add;

  TieredLookup(LookupKernel fast, LookupKernel plain) {
    this.fast = fast;
    this.plain = plain;
    multiply = part("tables of words", work -> work::multiply);
    add = part("sums of tables", work -> work::add);
  }

  private CompiledPart part(String name, Function<SyntheticLookup, Consumer<LookupKernel>> part) {
    return new CompiledPart(
        name,
        () -> {
          Consumer<LookupKernel> work = part.apply(new SyntheticLookup());
          return new WarmUp(() -> work.accept(fast), () -> work.accept(plain));
        });
  }

  @Override
  public void multiply(
      float[] planes, int size, float[] words, int wordsAt, int length, int count, float[] tables) {
    (multiply.isReady() ? fast : plain)
        .multiply(planes, size, words, wordsAt, length, count, tables);
  }

  @Override
  public void add(
      float[] tables, int[] starts, int startsAt, int taps, int outputs, float[] sums, int size) {
    (add.isReady() ? fast : plain).add(tables, starts, startsAt, taps, outputs, sums, size);
  }
}
