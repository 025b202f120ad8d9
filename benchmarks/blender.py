"""blender: a stage, rebuilt in Blender and rendered by Cycles; the other half of `against_blender`.

Runs in an interpreter that has Blender as a module (`pip install bpy==5.0.1`, GPL) and imports nothing
of ours: `python benchmarks/blender.py PICTURE.png < scene.json`. Its last line on stdout is JSON: Blender's version
and the CPU seconds of all threads from the scene to the picture's file.

Settings are CLEVR's (image_generation/render_images.py): path tracing, 512 samples a pixel, glossy paths
blurred; what Blender has gained since then and CLEVR did not have, adaptive sampling and denoising, is off.
"""

import json
import math
import sys
import time
from typing import Any

import bpy  # before the others, which it brings

# isort: split
import bmesh
from mathutils import Vector

CLEVR_BLUR = 2.0
# Of meshes: round at any size that a picture of a few hundred pixels shows.
AROUND, BEVEL_SEGMENTS = 128, 8
GROUND_SIDE = 400.0
# Between these squares of the distance from the middle the ground goes over into the backdrop, as in
# `light.ground_light`.
HORIZON = (60.0, 320.0)

Json = dict[str, Any]


def main() -> None:
    """Render the scene of stdin."""
    path, asked = sys.argv[1], json.load(sys.stdin)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    stage, looks = asked["stage"], asked["looks"]
    for solid in stage["solids"]:
        add_solid(solid, asked["edges"].get(solid["shape"], 0.0), looks)
    add_ground(looks["ground"])
    add_backdrop(stage["backdrop"])
    for lamp in stage["lamps"]:
        add_lamp(lamp)
    add_sun(stage["sun"])
    add_camera(stage["camera"])
    set_up(asked, path)
    start = time.process_time()
    bpy.ops.render.render(write_still=True)
    seconds = time.process_time() - start
    print(json.dumps({"version": bpy.app.version_string, "seconds": seconds}))


def set_up(asked: Json, path: str) -> None:
    """Choose the renderer's settings."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = asked["samples"]
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.cycles.blur_glossy = CLEVR_BLUR
    # One thread, as ours: the CPU seconds of several that share caches are longer.
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y = asked["size"]
    scene.render.resolution_percentage = 100
    scene.render.dither_intensity = 0.0
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    scene.render.filepath = path
    scene.view_settings.view_transform = "Standard"  # plain sRGB, as CLEVR's Blender 2.78


def add_solid(solid: Json, edge: float, looks: Json) -> None:
    """Put a solid on the ground, its edges rounded by a radius of `edge` half sides."""
    size, form = solid["size"], bmesh.new()
    match solid["shape"]:
        case "cube":
            bmesh.ops.create_cube(form, size=2 * size)
        case "cylinder":
            bmesh.ops.create_cone(
                form, cap_ends=True, segments=AROUND, radius1=size, radius2=size, depth=2 * size
            )
        case "sphere":
            bmesh.ops.create_uvsphere(form, u_segments=AROUND, v_segments=AROUND // 2, radius=size)
        case shape:
            raise ValueError(f"no shape {shape!r} here; there are: cube, cylinder, sphere")
    for face in form.faces:
        face.smooth = True
    mesh = bpy.data.meshes.new(solid["shape"])
    form.to_mesh(mesh)
    mesh.materials.append(material_of(solid["material"], solid["color"], looks))
    thing = placed(mesh, (solid["x"], solid["y"], size))
    thing.rotation_euler = (0.0, 0.0, math.radians(solid["turn"]))
    if edge:
        bevel = thing.modifiers.new("edges", "BEVEL")
        bevel.width, bevel.segments = edge * size, BEVEL_SEGMENTS
        bevel.limit_method = "ANGLE"  # not between the strips of a cylinder's side
        bevel.harden_normals = True  # flat faces stay flat under smooth shading


def placed(data: Any, place: Any) -> Any:
    """Return a new object of the scene with these data."""
    thing = bpy.data.objects.new(data.name, data)
    thing.location = place
    bpy.context.scene.collection.objects.link(thing)
    return thing


def aim(thing: Any, direction: Any) -> None:
    """Turn a camera or lamp, which look along −z, in a direction, upright."""
    thing.rotation_euler = Vector(direction).to_track_quat("-Z", "Y").to_euler()


class Nodes:
    """A graph of shader nodes being made; the methods return sockets."""

    def __init__(self, owner: Any) -> None:
        """Empty the graph of a material or world, which Blender 5 makes with it."""
        self._tree = owner.node_tree
        self._tree.nodes.clear()

    def add(self, kind: str, **inputs: Any) -> Any:
        """Return a new node's first output; inputs by name are sockets or values."""
        node = self._tree.nodes.new(f"ShaderNode{kind}")
        for name, value in inputs.items():
            self._set(node.inputs[name.replace("_", " ")], value)
        return node.outputs[0] if node.outputs else node

    def math(self, operation: str, *operands: Any) -> Any:
        """Return the result of an operation on numbers."""
        node = self._tree.nodes.new("ShaderNodeMath")
        node.operation = operation
        for socket, value in zip(node.inputs, operands, strict=False):
            self._set(socket, value)
        return node.outputs[0]

    def mix(self, share: Any, first: Any, second: Any) -> Any:
        """Return a shader that is `share` of the second and the rest of the first."""
        node = self._tree.nodes.new("ShaderNodeMixShader")
        for socket, value in zip(node.inputs, (share, first, second), strict=True):
            self._set(socket, value)
        return node.outputs[0]

    def axes(self, kind: str, output: str) -> tuple[Any, Any, Any]:
        """Return x, y and z of a node's output."""
        source = self._tree.nodes.new(f"ShaderNode{kind}").outputs[output]
        node = self._tree.nodes.new("ShaderNodeSeparateXYZ")
        self._tree.links.new(source, node.inputs[0])
        return node.outputs[0], node.outputs[1], node.outputs[2]

    def _set(self, socket: Any, value: Any) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self._tree.links.new(value, socket)
        else:
            socket.default_value = value


def material_of(name: str, color: Any, looks: Json) -> Any:
    """Return a material of CLEVR's (rubber, metal) or TRANCE's (glass)."""
    material = bpy.data.materials.new(name)
    nodes, plain = Nodes(material), (*color, 1.0)
    match name:
        case "rubber":
            # The index of a dielectric that reflects so much straight on: ((n − 1) / (n + 1))².
            root = math.sqrt(looks["rubber_f0"])
            shader = nodes.add(
                "BsdfPrincipled",
                Base_Color=plain,
                Roughness=math.sqrt(looks["rubber_alpha"]),  # Blender squares it to GGX's alpha
                IOR=(1 + root) / (1 - root),
            )
        case "metal":
            sharp = nodes.add("BsdfAnisotropic", Color=plain, Roughness=0.0)
            rough = nodes.add("BsdfAnisotropic", Color=plain, Roughness=looks["metal_roughness"])
            shader = nodes.mix(looks["metal_rough_share"], sharp, rough)
        case "glass":
            tint = [c ** looks["glass_tint_power"] for c in color]
            index = looks["glass_index"]
            shader = nodes.add("BsdfGlass", Color=(*tint, 1.0), Roughness=0.0, IOR=index)
        case _:
            raise ValueError(f"no material {name!r} here; there are: rubber, metal, glass")
    nodes.add("OutputMaterial", Surface=shader)
    return material


def add_ground(albedo: float) -> None:
    """Lay a matt ground; far away one sees the backdrop through it, as ours bends up into it."""
    form = bmesh.new()
    bmesh.ops.create_grid(form, x_segments=1, y_segments=1, size=GROUND_SIDE / 2)
    mesh = bpy.data.meshes.new("ground")
    form.to_mesh(mesh)
    material = bpy.data.materials.new("ground")
    nodes = Nodes(material)
    x, y, _ = nodes.axes("NewGeometry", "Position")
    square = nodes.math("ADD", nodes.math("MULTIPLY", x, x), nodes.math("MULTIPLY", y, y))
    near, far = HORIZON
    beyond = nodes.math("DIVIDE", nodes.math("SUBTRACT", square, near), far - near)
    share = nodes.math("MINIMUM", nodes.math("MAXIMUM", beyond, 0.0), 1.0)
    matt = nodes.add("BsdfDiffuse", Color=(albedo, albedo, albedo, 1.0))
    nodes.add("OutputMaterial", Surface=nodes.mix(share, matt, nodes.add("BsdfTransparent")))
    mesh.materials.append(material)
    placed(mesh, (0.0, 0.0, 0.0))


def add_backdrop(backdrop: Any) -> None:
    """Light the far wall: a soft patch in one direction, the formula of `light.backdrop`."""
    towards_x, towards_y, patch, elsewhere = backdrop
    world = bpy.data.worlds.new("studio")
    bpy.context.scene.world = world
    nodes = Nodes(world)
    x, y, z = nodes.axes("TexCoord", "Generated")  # of a world: the direction looked in
    ahead = nodes.math(
        "ADD", nodes.math("MULTIPLY", x, towards_x), nodes.math("MULTIPLY", y, towards_y)
    )
    up = nodes.math("MAXIMUM", z, 0.0)
    squares = nodes.math(
        "ADD", nodes.math("MULTIPLY", ahead, ahead), nodes.math("MULTIPLY_ADD", up, up, 1e-9)
    )
    facing = nodes.math("DIVIDE", nodes.math("MAXIMUM", ahead, 0.0), nodes.math("SQRT", squares))
    fading = nodes.math("MAXIMUM", nodes.math("MULTIPLY_ADD", up, -1.3, 1.0), 0.0)
    glow = nodes.math("MULTIPLY_ADD", nodes.math("MULTIPLY", facing, fading), patch, elsewhere)
    nodes.add("OutputWorld", Surface=nodes.add("Background", Strength=glow, Color=(1.0,) * 4))


def add_lamp(lamp: Json) -> None:
    """Hang a square lamp."""
    light = bpy.data.lights.new("lamp", "AREA")
    light.shape, light.size = "SQUARE", lamp["side"]
    light.energy, light.color = lamp["power"], lamp["color"]
    aim(placed(light, lamp["eye"]), Vector(lamp["target"]) - Vector(lamp["eye"]))


def add_sun(sun: Json) -> None:
    """Let the sun shine."""
    light = bpy.data.lights.new("sun", "SUN")
    light.energy, light.angle = sun["strength"], 2 * sun["radius"]  # Blender's is the diameter
    aim(placed(light, (0.0, 0.0, 0.0)), sun["towards"])


def add_camera(camera: Json) -> None:
    """Set up the camera."""
    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.sensor_width = "HORIZONTAL", 32.0
    data.lens = data.sensor_width / camera["width"]
    thing = placed(data, camera["eye"])
    aim(thing, Vector(camera["target"]) - Vector(camera["eye"]))
    bpy.context.scene.camera = thing


if __name__ == "__main__":
    main()
