// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.FeedableInitializers;
import dev.quench.cli.option.ModelFile;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// A command that reads a model, edits its graph and writes it.
abstract class GraphEdit extends QuenchCommand {
  @Parameters(paramLabel = "MODEL", description = "ONNX file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The model to write.")
  private Path output;

  @Mixin private FeedableInitializers initializers;

  /// @param facts receives what the result says beside the written model
  /// @return the model to write, which may be that of `file`
  abstract Model edit(ModelFile file, ObjectNode facts);

  @Override
  public final void execute() throws IOException {
    checkOutputs(output, OnnxWriter.dataFile(output));
    ModelFile file = initializers.read(model, this);
    ObjectNode facts = Json.object();
    Model edited = edit(file, facts);
    report(WrittenModel.write(edited, output, this).setAll(facts));
  }
}
