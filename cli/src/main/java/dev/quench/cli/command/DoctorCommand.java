// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.cli.output.VectorKernels;
import dev.quench.pipeline.CheckFailedException;
import java.util.List;
import picocli.CommandLine.Command;

/// Says what this machine offers.
@VectorKernels
@Command(
    name = "doctor",
    header = "Checks what this machine offers, and says how to add what is missing.",
    description = {
      "Checks Java, vector unit, memory, ONNX Runtime, CUDA and TensorRT, and says how to add what is missing.",
      "Exits with 3 when no backend can run."
    },
    footer = "  quench doctor")
public final class DoctorCommand extends QuenchCommand {
  @Override
  public void execute() {
    List<Diagnosis> diagnoses = Diagnosis.all();
    for (Diagnosis diagnosis : diagnoses) {
      say(Text.format("%-8s %s: %s", diagnosis.state(), diagnosis.subject(), diagnosis.detail()));
      if (!diagnosis.remedy().isEmpty()) {
        say("         -> " + diagnosis.remedy());
      }
    }
    ObjectNode root = Json.object();
    ArrayNode list = root.putArray("findings");
    for (Diagnosis diagnosis : diagnoses) {
      list.addObject()
          .put("subject", diagnosis.subject())
          .put("good", diagnosis.good())
          .put("state", diagnosis.state())
          .put("detail", diagnosis.detail())
          .put("remedy", diagnosis.remedy());
    }
    report(root);
    if (!Diagnosis.anyBackend()) {
      throw new CheckFailedException("no backend can run on this machine");
    }
  }
}
