// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Value;
import dev.quench.graph.rewrite.ConstantInitializers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/// What becomes of initializers that a model also lists as inputs.
@OptionGroup("Model")
public final class FeedableInitializers {
  @Option(
      names = "--feedable-initializers",
      description =
          "Keep initializers that the model also lists as inputs feedable; else they are constants, as almost every exporter means them.")
  private boolean kept;

  /// Reads a model; says which initializers became constants.
  public ModelFile read(Path path, QuenchCommand command) throws IOException {
    ModelFile file = ModelFile.readAsWritten(path);
    file.tell(command);
    List<Value> listed = ConstantInitializers.of(file.model());
    if (kept || listed.isEmpty()) {
      return file;
    }
    new ConstantInitializers().apply(file.model());
    String others = listed.size() == 1 ? "" : " and %d more".formatted(listed.size() - 1);
    command.note(
        "note: initializers that are listed as inputs too are taken as constants: '%s'%s; --feedable-initializers keeps them feedable"
            .formatted(listed.getFirst().name(), others));
    return file;
  }
}
