from faker import Faker


def people():
    from IPython import embed

    embed()
    return Faker()
