// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline;

import dev.quench.run.Progress;
import java.util.ArrayList;
import java.util.List;

/// Keeps what a recipe says.
public final class Notes implements RecipeListener {
  private final List<String> lines = new ArrayList<>();

  public List<String> lines() {
    return lines;
  }

  @Override
  public void note(String line) {
    lines.add(line);
  }

  @Override
  public void result(String line) {
    lines.add(line);
  }

  @Override
  public Progress progress() {
    return Progress.NONE;
  }
}
