// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.graph;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.ModelFile;
import dev.quench.compress.fuse.DeduplicateInitializers;
import dev.quench.compress.fuse.EliminateCommonSubexpressions;
import dev.quench.compress.fuse.EliminateDeadNodes;
import dev.quench.compress.fuse.EliminateIdentity;
import dev.quench.compress.fuse.FoldConstants;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeNames;
import dev.quench.graph.rewrite.Rewrite;
import dev.quench.graph.rewrite.RewritePipeline;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.run.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Cleans a model up without changing a bit of its results.
@Command(
    name = "sanitize",
    header = "Cleans a model up without changing any of its results.",
    description = {
      "Removes what no output depends on, Identity nodes and equal initializers; gives each node a name; sorts the nodes; infers all shapes anew.",
      "'quench optimize' goes further: it fuses layers, which changes rounding."
    },
    footer = "  quench graph sanitize model.onnx -o clean.onnx --fold-constants")
public final class SanitizeCommand extends GraphEdit {
  @Option(
      names = "--fold-constants",
      description = "Also compute what depends on constants alone, and merge nodes that are equal.")
  private boolean fold;

  @Override
  Model edit(ModelFile file, ObjectNode facts) {
    Graph graph = file.model().graph();
    int nodes = graph.nodes().size();
    int constants = graph.initializers().size();
    List<Rewrite> rewrites = new ArrayList<>();
    rewrites.add(new EliminateDeadNodes());
    rewrites.add(new EliminateIdentity());
    if (fold) {
      rewrites.add(new FoldConstants(Backends.named("onnxruntime")));
      rewrites.add(new EliminateCommonSubexpressions());
    }
    rewrites.add(new DeduplicateInitializers());
    rewrites.add(new EliminateDeadNodes());
    Map<String, Integer> passes = new RewritePipeline(rewrites).apply(file.model());
    NodeNames.makeDistinct(graph);
    ShapeInference.refresh(file.model());
    say(
        "%d -> %d nodes, %d -> %d initializers"
            .formatted(nodes, graph.nodes().size(), constants, graph.initializers().size()));
    facts.put("nodesBefore", nodes).put("initializersBefore", constants);
    ObjectNode changed = facts.putObject("passes");
    passes.forEach(changed::put);
    return file.model();
  }
}
