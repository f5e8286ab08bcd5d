// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import dev.quench.pipeline.RecipeListener;
import dev.quench.run.Progress;

/// Prints what a recipe says as the command's own lines.
record CommandListener(QuenchCommand command) implements RecipeListener {
  @Override
  public void note(String line) {
    command.note(line);
  }

  @Override
  public void detail(String line) {
    command.detail(line);
  }

  @Override
  public void result(String line) {
    command.say(line);
  }

  @Override
  public Progress progress() {
    return command.progress();
  }
}
